// The compute thread as the browser's bundle.

import "./compute_thread.ts";
