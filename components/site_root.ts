// Where files of this site are for scripts: a static copy may stand below any path of its host.

/** The whole address of `path`, which begins with a slash: of the site, or of the copy. */
export function siteAddress(path: string): string {
  const root = document.documentElement.dataset.root;
  return new URL(root === undefined ? path : root + path.slice(1), document.baseURI).href;
}

/** True in a static copy: nobody there takes what is sent. */
export function isCopy(): boolean {
  return "copied" in document.documentElement.dataset;
}

/** True in a static copy that was made without the models' files. */
export function lacksFiles(): boolean {
  return "withoutFiles" in document.documentElement.dataset;
}
