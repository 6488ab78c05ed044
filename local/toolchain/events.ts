import type { ToolName } from "./catalog.ts";
import type { ModuleName } from "./modules.ts";

/** What happens while tools are made ready. The display is drawn from these, and a caller may draw its own. */
export type ToolchainEvent =
  | { readonly kind: "planned"; readonly builds: readonly PlannedBuild[] }
  | { readonly kind: "waiting"; readonly build: ModuleName }
  | { readonly kind: "downloading"; readonly build: ModuleName; readonly modules: number; readonly latest: string }
  | { readonly kind: "prepared"; readonly build: ModuleName; readonly total: number }
  | { readonly kind: "compiling"; readonly build: ModuleName; readonly done: number; readonly total: number }
  | { readonly kind: "linking"; readonly build: ModuleName }
  | { readonly kind: "built"; readonly build: ModuleName; readonly seconds: number }
  | { readonly kind: "failed"; readonly build: ModuleName };

export interface PlannedBuild {
  readonly build: ModuleName;
  readonly version: string;
  readonly tools: readonly ToolName[];
  /** Seconds from empty caches on two cores; see `ToolModule.coldSeconds`. */
  readonly coldSeconds: number;
  /** Packages of a build from empty caches. */
  readonly packages: number;
}

export type ProgressListener = (event: ToolchainEvent) => void;
