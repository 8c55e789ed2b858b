// One stop for the tab key in a list of many: arrows, Home and End move the focus within it.

import type { TargetedEvent } from "preact";

const STEPS: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/**
 * Handlers for the list: its options are elements with `data-at`, of which the first has tabIndex 0
 * and the others -1. `onReach` is told the number of the option that is pointed at, pressed or has
 * the focus. Works on the elements themselves, so that a long list is not drawn again at each key.
 */
export function roving(onReach: (at: number) => void) {
  const reach = (event: TargetedEvent<HTMLElement>) => {
    const option = (event.target as HTMLElement).closest<HTMLElement>("[data-at]");
    if (option) onReach(Number(option.dataset.at));
  };
  return {
    onPointerOver: reach,
    onClick: reach,
    onFocusIn(event: TargetedEvent<HTMLElement>) {
      const option = event.target as HTMLElement;
      for (const other of event.currentTarget.querySelectorAll<HTMLElement>('[tabindex="0"]')) {
        other.tabIndex = -1;
      }
      option.tabIndex = 0;
      reach(event);
    },
    onKeyDown(event: TargetedEvent<HTMLElement, KeyboardEvent>) {
      const options = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-at]")];
      const at = options.indexOf(event.target as HTMLElement);
      const to = event.key === "Home"
        ? 0
        : event.key === "End"
        ? options.length - 1
        : at + (STEPS[event.key] ?? NaN);
      if (at < 0 || !options[to]) return;
      event.preventDefault();
      options[to].focus();
    },
  };
}
