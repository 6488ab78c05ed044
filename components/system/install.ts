/**
 * How much of a system the stack brings:
 * - `chart`: all of it, from its pinned Helm chart;
 * - `crds`: its CustomResourceDefinitions and our objects for it, while its controller runs elsewhere (the embedded environment);
 * - `off`: nothing.
 */
export const INSTALLS = ["chart", "crds", "off"] as const;
export type Install = (typeof INSTALLS)[number];

/** The same with what it needs; a system that is off has none. */
export type Installation =
  | {
      readonly install: "chart";
      /** One address that holds all charts. Default: each chart's own repository. */
      readonly mirror?: string;
    }
  | {
      readonly install: "crds";
      /** Paths of JSON files, one definition each. */
      readonly files: readonly string[];
    };
