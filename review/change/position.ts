import { relative } from "node:path";

/** A place in a file of the checkout. */
export interface Position {
  /** From the checkout's root. */
  readonly path: string;
  /** `95`, or those that a change wrote, `11,15-17`; none where there are none. */
  readonly lines: string | undefined;
}

/**
 * Where a program declared a resource: the calls in files of the checkout, the innermost first.
 *
 * @param frames as the engine records them: `project:///stacks/platform/file:/checkout/components/x.ts#95,19`
 * @param root of the checkout, an absolute path without symbolic links
 */
export function declaredAt(frames: readonly { readonly sourcePosition?: string }[], root: string): Position[] {
  return frames.flatMap(({ sourcePosition = "" }) => {
    const [, file, line] = /file:(?:\/\/)?(\/.+)#(\d+),\d+$/.exec(sourcePosition) ?? [];
    const path = file === undefined ? ".." : relative(root, decodeURI(file));
    return path.startsWith("..") || /(^|\/)node_modules\//.test(path) ? [] : [{ path, lines: line }];
  });
}

export const writtenPosition = ({ path, lines }: Position): string => (lines === undefined ? path : `${path}:${lines}`);
