import { readFileSync } from 'node:fs';

/** What a process has used since it started, its threads included. */
export interface ProcessUsage {
  /** User and system. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

const TICKS_PER_SECOND = 100; // USER_HZ, the unit of /proc on every Linux that Node runs on
const [FIELD_UTIME, FIELD_STIME] = [11, 12]; // after the command's closing parenthesis, see proc(5)

/** Reads /proc; undefined for a process that is not there, and on systems without it. */
export function usageOf(pid: number): ProcessUsage | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command stands in parentheses and may hold some of its own, and spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    const ticks = Number(fields[FIELD_UTIME]) + Number(fields[FIELD_STIME]);
    return { cpuSeconds: ticks / TICKS_PER_SECOND, residentBytes: Number(resident ?? 0) * 1024 };
  } catch {
    return undefined;
  }
}
