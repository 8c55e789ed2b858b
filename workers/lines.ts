// Splits a byte stream into lines of text, cut at a length so that no writer can fill our memory.

/** Lines without their line ends; a longer line loses what is beyond `maxLength` characters. */
export class TextLineStream implements TransformStream<Uint8Array, string> {
  readonly readable: ReadableStream<string>;
  readonly writable: WritableStream<Uint8Array>;

  constructor(maxLength: number) {
    const decoder = new TextDecoder();
    let rest = "";
    const { readable, writable } = new TransformStream<Uint8Array, string>({
      transform(chunk, controller) {
        const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
        rest = (parts.pop() ?? "").slice(0, maxLength);
        for (const line of parts) controller.enqueue(line.slice(0, maxLength));
      },
      flush(controller) {
        if (rest !== "") controller.enqueue(rest);
      },
    });
    this.readable = readable;
    this.writable = writable;
  }
}
