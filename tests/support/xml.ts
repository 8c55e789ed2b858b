// XML read strictly (XML 1.0, Namespaces 1.0): anything that is not well-formed throws.

import { SaxesParser } from "saxes";

export interface XmlElement {
  /** With its prefix. */
  name: string;
  uri: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  /** Of itself and all below, in order. */
  text: string;
}

/** The root element. @throws {Error} at the first thing that is not well-formed. */
export function parseXml(text: string): XmlElement {
  const parser = new SaxesParser({ xmlns: true });
  const open: XmlElement[] = [];
  let root: XmlElement | undefined;
  const add = (text: string) => open.forEach((element) => element.text += text);
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name, uri, attributes }) => {
    const values = Object.values(attributes).map((each) => [each.name, each.value]);
    const element = { name, uri, attributes: Object.fromEntries(values), children: [], text: "" };
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  parser.on("closetag", () => void open.pop());
  parser.on("text", add);
  parser.on("cdata", add);
  parser.write(text).close();
  return root!;
}

/** The elements of a name below `element`, in order. */
export function below(element: XmlElement, name: string): XmlElement[] {
  return element.children.flatMap((child) => [
    ...child.name === name ? [child] : [],
    ...below(child, name),
  ]);
}
