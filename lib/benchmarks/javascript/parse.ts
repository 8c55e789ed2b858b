// Source text into a syntax tree, as strict code. Knows no value.

import { parse, type Program } from "acorn";
import { ProgramFailure } from "./failure.ts";
import { LIMITS } from "./meter.ts";

/** Scripts are sloppy unless they say otherwise; on the same line, so that lines keep their numbers. */
const DIRECTIVE = '"use strict";';

/** @throws {ProgramFailure} `syntax`, with line and column, or `memory` for a text that is too long. */
export function parseProgram(source: string): Program {
  if (source.length > LIMITS.sourceUnits) {
    throw new ProgramFailure("memory", `a program of more than ${LIMITS.sourceUnits} characters`);
  }
  try {
    return parse(DIRECTIVE + source, {
      ecmaVersion: 2023,
      sourceType: "script",
      locations: true,
    });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ProgramFailure("syntax", describe(error as SyntaxError & { loc: Place }));
  }
}

interface Place {
  line: number;
  /** From 0. */
  column: number;
}

function describe({ message, loc: { line, column } }: SyntaxError & { loc: Place }): string {
  const shown = line === 1 ? column - DIRECTIVE.length : column;
  return `line ${line}, column ${shown + 1}: ${message.replace(/ \(\d+:\d+\)$/, "")}`;
}
