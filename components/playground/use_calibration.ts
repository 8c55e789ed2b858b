// What this machine trains in a second: measured when the page is first used, and remembered for a
// day, for this engine.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Probe } from "../../lib/playground/speed.ts";
import { keepCalibration, type Measured, rememberedCalibration } from "./kept_calibration.ts";
import { site, startWork, type Work } from "./train_worker.ts";

/** @param engine digest of the board's engine: another one is measured anew. */
export function useCalibration(probes: Probe[], engine: string) {
  const [calibration, setCalibration] = useState<Measured | null>(null);
  const [measuring, setMeasuring] = useState(false);
  const work = useRef<Work | null>(null);
  /** A machine that cannot be measured is not asked at every move. */
  const failed = useRef(false);

  async function measure() {
    setMeasuring(true);
    try {
      work.current = startWork({ type: "calibrate", site: site(), probes }, (reply) => {
        if (reply.type !== "calibrated") return;
        const measured = { ...reply.calibration, atMs: Date.now() };
        setCalibration(measured);
        keepCalibration(measured);
      });
      await work.current.done;
    } catch {
      // Without a measurement there is no estimate; training says what is wrong.
      failed.current = true;
    }
    setMeasuring(false);
  }

  useEffect(() => {
    setCalibration(rememberedCalibration(engine));
    return () => work.current?.end();
  }, []);
  return {
    ...{ calibration, measuring, measure },
    /** For what a visitor does first: until then nothing is loaded or computed for it. */
    measureOnce: () => void (calibration || measuring || failed.current || measure()),
    /** Whatever else wants the cores has them; the next use measures. */
    cancel() {
      work.current?.end();
      setMeasuring(false);
    },
  };
}
