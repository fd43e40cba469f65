import * as colors from "@std/fmt/colors";

type Paint = (text: string) => string;

/** The few colours the program uses, or none. */
export interface Palette {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
}

const plain: Paint = (text) => text;

/** Colours for a stream that shows them; plain text for one that does not. */
export function palette(output: { readonly colour: boolean }): Palette {
  if (output.colour) return colors;
  return { bold: plain, dim: plain, red: plain, green: plain, yellow: plain, cyan: plain };
}
