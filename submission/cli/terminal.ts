/** Where a command writes; a parameter of every command so that output is never mixed with logging. */
export interface Terminal {
  /** Results, one line each, as a text or its UTF-8. Only this goes to standard output. */
  readonly out: (line: string | Uint8Array) => void;
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

type StyleText = typeof import("node:util").styleText;
type Style = Parameters<StyleText>[0];

/** `node:util` brings much of Node along, so it is loaded for colour only: output to a file or a pipe does not wait for it. */
export function paint(style: Style, text: string, colour: boolean): string {
  return colour ? process.getBuiltinModule("node:util").styleText(style, text, { validateStream: false }) : text;
}

function takesColour(stream: NodeJS.WriteStream): boolean {
  if (process.env.NO_COLOR) return false;
  return stream.isTTY === true && process.env.TERM !== "dumb";
}

const STANDARD_OUTPUT = 1;
const LINE_END = Buffer.from("\n");

/** The reader left (`orch compile … | head`): nothing is wrong here and there is nobody to tell. */
const leave = (): never => process.exit();

/** Streams are opened when they are first used: a command that has nothing to say does not wait for standard error. */
export function openTerminal(): Terminal {
  const { writeSync } = process.getBuiltinModule("node:fs");
  const watched = new Set<NodeJS.WriteStream>();
  const open = (stream: NodeJS.WriteStream): NodeJS.WriteStream => {
    if (watched.has(stream)) return stream;
    watched.add(stream);
    return stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") leave();
      throw error;
    });
  };
  let waits = false;
  const write = (bytes: Uint8Array): void => {
    let left = bytes;
    try {
      while (!waits && left.length > 0) left = left.subarray(writeSync(STANDARD_OUTPUT, left));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EPIPE") leave();
      if (code !== "EAGAIN") throw error;
      waits = true;
    }
    // A pipe that whoever made it wants nobody to wait for; what comes later must not overtake.
    if (left.length > 0) open(process.stdout).write(left);
  };
  return {
    out: (line) => {
      if (typeof line === "string") return write(Buffer.from(`${line}\n`));
      write(line);
      write(LINE_END);
    },
    note: (line) => void open(process.stderr).write(`${line}\n`),
    get colour() {
      return takesColour(open(process.stdout));
    },
    get noteColour() {
      return takesColour(open(process.stderr));
    },
    get interactive() {
      return open(process.stdout).isTTY === true && !process.env.CI;
    },
    get noteColumns() {
      const stream = open(process.stderr);
      return stream.isTTY ? stream.columns : undefined;
    },
  };
}
