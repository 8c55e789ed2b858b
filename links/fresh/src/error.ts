// An error that carries the HTTP status to answer with.

/** Thrown by handlers and middlewares to answer with `status` through the error page. */
export class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "HttpError";
    this.status = status;
  }
}
