// What this machine trains in a second: measured once, then remembered for this engine.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Calibration, Probe } from "../../lib/playground/speed.ts";
import { site, startWork, type Work } from "./train_worker.ts";

const KEY = "tinyproof-calibration";

/** @param engine digest of the board's engine: another one is measured anew. */
export function useCalibration(probes: Probe[], engine: string) {
  const [calibration, setCalibration] = useState<Calibration | null>(null);
  const [measuring, setMeasuring] = useState(false);
  const work = useRef<Work | null>(null);

  async function measure() {
    setMeasuring(true);
    try {
      work.current = startWork({ type: "calibrate", site: site(), probes }, (reply) => {
        if (reply.type !== "calibrated") return;
        setCalibration(reply.calibration);
        keep(reply.calibration);
      });
      await work.current.done;
    } catch {
      // Without a measurement there is no estimate; training says what is wrong.
    } finally {
      setMeasuring(false);
    }
  }

  useEffect(() => {
    const kept = remembered();
    if (kept?.engine === engine) setCalibration(kept);
    return () => work.current?.end();
  }, []);
  return { calibration, measuring, measure };
}

function keep(calibration: Calibration): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(calibration));
  } catch {
    // A browser that keeps nothing measures again.
  }
}

function remembered(): Calibration | null {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "null");
  } catch {
    return null;
  }
}
