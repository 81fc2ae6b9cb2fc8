import { ToolkitError } from '../errors.ts';

/** Commander's parser of a whole number. It throws ToolkitError `usage` for what is none, or out of bounds. */
export function wholeNumber(option: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new ToolkitError(
      'usage',
      `Cannot read ${option} "${text.slice(0, 50)}": write a whole number from ${least} to ${most}`,
    );
  };
}
