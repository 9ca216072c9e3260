/** Entry of a worker thread: real instruments behind the pool's messages. */

import { parentPort } from "node:worker_threads";
import { present } from "../base/assert.ts";
import { createEngines } from "./instruments.ts";
import { serve } from "./pool_protocol.ts";

serve(present(parentPort, "the parent of a worker thread"), createEngines());
