// Views of a board as addresses ask for them.

import { boardQuery } from "../../lib/http/board_query.ts";
import { parseQuery } from "../../lib/http/query.ts";
import type { BoardView } from "../../lib/leaderboard/view.ts";

/** @param query without its question mark. */
export function pageView(query: string): BoardView {
  return parseQuery(boardQuery, new URL(`http://board.test/?${query}`));
}
