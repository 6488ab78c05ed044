import { z } from "zod";
import { isProps, knownAt, NotDecided, UNKNOWN, valueAt, within } from "../../verdict/known.ts";
import { CHART, ofKind, VALUES_ONLY } from "../../verdict/resource.ts";
import { resourceRule } from "../../verdict/rule.ts";

/** What takes a pod's confinement away, by the name it has in every chart. */
const LOOSENS: Readonly<Record<string, (value: unknown) => boolean>> = {
  privileged: (value) => value === true,
  allowPrivilegeEscalation: (value) => value === true,
  hostNetwork: (value) => value === true,
  hostPID: (value) => value === true,
  hostIPC: (value) => value === true,
  runAsNonRoot: (value) => value === false,
  runAsUser: (value) => value === 0,
  hostPath: (value) => isProps(value) || typeof value === "string",
};

export const chartValuesStayConfined = resourceRule({
  name: "chart-values-stay-confined",
  description:
    "The values of a chart ask for no root, no privileges, nothing of the node's own and no image that moves.",
  why: "a chart's pods run beside everybody else's; one value can undo what the chart's authors had confined.",
  fix: "take the value out, or put the release under `exempt` in the settings of chart-values-stay-confined where its work is the node itself.",
  settings: z.strictObject({
    /** `namespace/name` of releases that look after nodes and cannot do it otherwise. Default: none. */
    exempt: z.array(z.string()).default([]),
  }),
  applies: ofKind(CHART),
  check({ props }, { exempt }) {
    const named = `${String(valueAt(props, "namespace"))}/${String(valueAt(props, "name"))}`;
    if (exempt.includes(named)) return [];
    return [...within(knownAt(props, "values"))].flatMap(({ path, value }) => {
      const field = path.at(-1) ?? "";
      const at = path.join(".");
      // A value that is not known yet is a host name or an address; one of these would have been written down.
      if (value === UNKNOWN && field in LOOSENS) throw new NotDecided(`the value ${at}`);
      if (LOOSENS[field]?.(value) === true) return [`has the value ${at}: ${JSON.stringify(value)} ${VALUES_ONLY}`];
      return field === "tag" && value === "latest"
        ? [`has the value ${at}: latest, which is whatever was pushed last ${VALUES_ONLY}`]
        : [];
    });
  },
});
