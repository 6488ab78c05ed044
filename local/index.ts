/** The embedded environment as a whole: what `npm start`, `orch local start` and the tests bring up. */
export { type BringUpOptions, type BroughtUp, bringUp, type Stage } from "./bring-up.ts";
export { ensureLocalTools, type LocalTools } from "./environment-tools.ts";
export { type Interruption, interruptible } from "./interruption.ts";
