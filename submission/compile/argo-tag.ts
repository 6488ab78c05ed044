/** A text of the compiler's own in a custom resource that Argo replaces: what depends on the attempt. */
export class ArgoTag {
  readonly text: string;

  /** @param expression Argo's, with texts in single quotes: it stands inside JSON that is itself a text of the Workflow's */
  constructor(expression: string) {
    if (/["\\{}$]/.test(expression)) throw new Error(`not for a manifest: ${expression}`);
    this.text = `{{=${expression}}}`;
  }

  toJSON(): string {
    return this.text;
  }
}
