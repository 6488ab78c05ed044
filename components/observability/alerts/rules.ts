/** An alert as Prometheus evaluates it. */
export interface AlertRule {
  readonly alert: string;
  /** PromQL. */
  readonly expr: string;
  /** How long it must hold. */
  readonly for: string;
  readonly severity: "critical" | "warning";
  /** One sentence, with what it is about. */
  readonly summary: string;
  /** What to look at and what to do. */
  readonly runbook: string;
}

/** A number worth keeping under a name, because dashboards and alerts ask for it again and again. */
export interface RecordingRule {
  readonly record: string;
  /** PromQL. */
  readonly expr: string;
}

export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly (AlertRule | RecordingRule)[];
}

/** Group of a PrometheusRule as the operator's definition has it; runbooks are anchors of one document. */
export function planRuleGroup(group: RuleGroup, runbookUrl: string) {
  return {
    name: group.name,
    rules: group.rules.map((rule) =>
      "record" in rule
        ? { record: rule.record, expr: rule.expr }
        : {
            alert: rule.alert,
            expr: rule.expr,
            for: rule.for,
            labels: { severity: rule.severity },
            annotations: {
              summary: rule.summary,
              description: rule.runbook,
              runbook_url: `${runbookUrl}#${rule.alert.toLowerCase()}`,
            },
          },
    ),
  };
}
