/**
 * Answers that hold for some seconds, and at most so many of them: those asked for longest ago make room. Who asks while an answer is
 * under way waits for the same one; a question that failed is asked again. A clock that is set back prolongs nothing.
 */
export class Remembered<Answer> {
  readonly #answers = new Map<string, { readonly answer: Promise<Answer>; readonly until: number }>();
  readonly #most: number;
  readonly #lifetimeMillis: (answer: Answer) => number;
  readonly #now: () => number;

  constructor(most: number, lifetimeMillis: (answer: Answer) => number, now = () => performance.now()) {
    this.#most = most;
    this.#lifetimeMillis = lifetimeMillis;
    this.#now = now;
  }

  has(question: string): boolean {
    const known = this.#answers.get(question);
    return known !== undefined && known.until > this.#now();
  }

  get(question: string, ask: () => Promise<Answer>): Promise<Answer> {
    const known = this.#answers.get(question);
    if (known !== undefined && known.until > this.#now()) return known.answer;
    const answer = ask();
    this.#keep(question, { answer, until: Number.POSITIVE_INFINITY });
    answer.then(
      (given) => this.#keep(question, { answer, until: this.#now() + this.#lifetimeMillis(given) }),
      () => this.#answers.delete(question),
    );
    return answer;
  }

  #keep(question: string, kept: { readonly answer: Promise<Answer>; readonly until: number }): void {
    this.#answers.delete(question);
    this.#answers.set(question, kept);
    if (this.#answers.size <= this.#most) return;
    const oldest = this.#answers.keys().next();
    if (!oldest.done) this.#answers.delete(oldest.value);
  }
}
