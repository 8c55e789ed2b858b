import { useEffect, useRef, useState } from "preact/hooks";

/** One square a pair of tokens; `map` is [n, n], a row being a token and a column what it looks at. */
export function AttentionMap({ map, n, label, chosen }: {
  map: Float32Array;
  n: number;
  label: string;
  /** A row to mark. */
  chosen?: number;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  useEffect(() => draw(canvas.current!, map, n, chosen), [map, n, chosen, theme]);
  return (
    <canvas ref={canvas} class="attention-map" width={n} height={n} role="img" aria-label={label} />
  );
}

/** Colours are those of the style sheet: text is ink, the outline marks the row. */
function draw(canvas: HTMLCanvasElement, map: Float32Array, n: number, chosen?: number): void {
  const { color, outlineColor } = getComputedStyle(canvas);
  const context = canvas.getContext("2d")!;
  context.clearRect(0, 0, n, n);
  for (let row = 0; row < n; row++) {
    context.fillStyle = row === chosen ? outlineColor : color;
    for (let column = 0; column <= row; column++) {
      // The root, or a token that looks at many would seem to look at none.
      context.globalAlpha = Math.sqrt(map[row * n + column]);
      context.fillRect(column, row, 1, 1);
    }
  }
}

/** Changes with the visitor's theme: a canvas has to be drawn again. */
function useTheme(): boolean {
  const [dark, setDark] = useState(false);
  useEffect(() => {
    const query = matchMedia("(prefers-color-scheme: dark)");
    const follow = () => setDark(query.matches);
    follow();
    query.addEventListener("change", follow);
    return () => query.removeEventListener("change", follow);
  }, []);
  return dark;
}
