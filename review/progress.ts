/** What is over sooner is not mentioned. */
const QUIET_MS = 2_000;
/** Often enough to see that it lives, seldom enough for a log. */
const SIGN_OF_LIFE_MS = 15_000;

/** Says what is being done, for steps that take their time. */
export interface Progress {
  /** @param verdict one word on how it ended, e.g. `passed` */
  readonly step: <T>(title: string, work: () => Promise<T>, verdict?: (result: T) => string) => Promise<T>;
}

export function showProgress(say: (line: string) => void): Progress {
  return {
    step: async (title, work, verdict = () => "done") => {
      const start = Date.now();
      const elapsed = () => `${Math.round((Date.now() - start) / 1000)} s`;
      const first = setTimeout(() => say(`${title} ...`), QUIET_MS);
      const alive = setInterval(() => say(`${title}: ${elapsed()} so far`), SIGN_OF_LIFE_MS);
      let ended = "failed";
      try {
        const result = await work();
        ended = verdict(result);
        return result;
      } finally {
        clearTimeout(first);
        clearInterval(alive);
        if (Date.now() - start > QUIET_MS) say(`${title}: ${ended}, ${elapsed()}`);
      }
    },
  };
}
