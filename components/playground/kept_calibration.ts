// What this machine was measured to train in a second, kept in the browser for a day.

import type { Calibration } from "../../lib/playground/speed.ts";

const KEY = "tinyproof-calibration";
/** Machines get other things to do. */
const GOOD_FOR_MS = 24 * 3_600_000;

export interface Measured extends Calibration {
  atMs: number;
}

export function keepCalibration(measured: Measured): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(measured));
  } catch {
    // A browser that keeps nothing measures again.
  }
}

/** Null when it was not measured today. @param engine digest; without it any engine's will do. */
export function rememberedCalibration(engine?: string): Measured | null {
  try {
    const kept: Measured | null = JSON.parse(localStorage.getItem(KEY) ?? "null");
    const same = engine === undefined || kept?.engine === engine;
    return kept && same && Date.now() - kept.atMs < GOOD_FOR_MS ? kept : null;
  } catch {
    return null;
  }
}
