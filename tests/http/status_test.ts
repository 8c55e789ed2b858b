import { HttpError } from "fresh";
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  AuthenticationError,
  BudgetError,
  FormatError,
  NotFoundError,
  PermissionError,
  publicProblem,
  UnavailableError,
  ValidationError,
} from "../../lib/errors.ts";
import { jsonError } from "../../lib/http/json.ts";
import { asRefusal, RateLimitError, statusOf } from "../../lib/http/status.ts";

describe("errors as HTTP", () => {
  it("maps each class of error to one status", () => {
    assert.equal(statusOf(new FormatError("x", { offset: 3 })), 422);
    assert.equal(statusOf(new ValidationError("x")), 422);
    assert.equal(statusOf(new AuthenticationError("x")), 401);
    assert.equal(statusOf(new PermissionError("x")), 403);
    assert.equal(statusOf(new NotFoundError("x")), 404);
    assert.equal(statusOf(new BudgetError("x")), 413);
    assert.equal(statusOf(new RateLimitError("submissions", 3)), 429);
    assert.equal(statusOf(new UnavailableError("x")), 503);
    assert.equal(statusOf(new HttpError(405)), 405);
    assert.equal(statusOf(new Error("x")), 500);
    assert.equal(statusOf("x"), 500);
  });

  it("shows what was expected, found and where, and how to mend it", () => {
    const problem = { expected: "a", got: "b", offset: 12, fix: "Do c." };
    assert.deepEqual(publicProblem(new FormatError("m", problem)), { message: "m", ...problem });
  });

  it("says that a method is refused where there is a route, and nothing where there is none", () => {
    assert.equal(statusOf(asRefusal(new HttpError(404), "/models/:id")), 405);
    assert.equal(statusOf(asRefusal(new HttpError(404), null)), 404);
    const own = new NotFoundError("No such model");
    assert.equal(asRefusal(own, "/models/:id"), own);
    const other = new HttpError(409);
    assert.equal(asRefusal(other, "/models/:id"), other);
  });

  it("keeps the words of our own faults private", async () => {
    const response = jsonError(new Error("password of the database"));
    assert.equal(response.status, 500);
    assert.equal((await response.text()).includes("password"), false);
  });

  it("tells how long to wait", () => {
    assert.equal(jsonError(new RateLimitError("requests", 7)).headers.get("retry-after"), "7");
  });
});
