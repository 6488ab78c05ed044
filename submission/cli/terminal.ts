import { styleText } from "node:util";

/** Where a command writes; a parameter of every command so that output is never mixed with logging. */
export interface Terminal {
  /** Results, one line each. Only this goes to standard output. */
  readonly out: (line: string) => void;
  /** Messages for people, to standard error. */
  readonly note: (line: string) => void;
  /** Colour is right on standard output: it is a terminal and NO_COLOR is not set. */
  readonly colour: boolean;
  /** Colour is right on standard error. */
  readonly noteColour: boolean;
  readonly interactive: boolean;
  /** Columns of standard error; undefined when it is not a terminal. */
  readonly noteColumns: number | undefined;
}

type Style = Parameters<typeof styleText>[0];

export function paint(style: Style, text: string, colour: boolean): string {
  return colour ? styleText(style, text, { validateStream: false }) : text;
}

function takesColour(stream: NodeJS.WriteStream): boolean {
  if (process.env.NO_COLOR) return false;
  return stream.isTTY === true && process.env.TERM !== "dumb";
}

export function openTerminal(): Terminal {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      // The reader left (`orch compile … | head`): nothing is wrong here and there is nobody to tell.
      if (error.code === "EPIPE") process.exit();
      throw error;
    });
  }
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    note: (line) => void process.stderr.write(`${line}\n`),
    colour: takesColour(process.stdout),
    noteColour: takesColour(process.stderr),
    interactive: process.stdout.isTTY === true && !process.env.CI,
    noteColumns: process.stderr.isTTY ? process.stderr.columns : undefined,
  };
}
