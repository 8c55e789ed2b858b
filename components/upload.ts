// Sends a model from the tab with progress. fetch cannot report how much of a body has left.

import type { PublicProblem } from "../lib/errors.ts";

/** Posts the form's file as the raw body; `onProgress` is given 0..1. */
export function upload(
  form: FormData,
  onProgress: (fraction: number) => void,
): Promise<{ location: string } | { problem: PublicProblem }> {
  const file = form.get("file");
  if (!(file instanceof File) || file.size === 0) {
    return Promise.resolve({
      problem: {
        message: "No file was chosen, or it is empty",
        path: "file",
        fix: "Choose the .tinygpt file your training wrote.",
      },
    });
  }
  const query = new URLSearchParams({ fileName: file.name });
  for (const name of ["name", "author", "blurb"]) query.set(name, String(form.get(name) ?? ""));
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/v1/submissions?${query}`);
    request.responseType = "json";
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onload = () => {
      const { status, error } = Object(request.response);
      if (request.status === 201) resolve({ location: status });
      else resolve({ problem: error ?? lost(`The server answered ${request.status}`) });
    };
    request.onerror = () => resolve({ problem: lost("The connection broke off") });
    request.send(file);
  });
}

function lost(message: string): PublicProblem {
  return { message, fix: "Nothing was stored. Send it again." };
}
