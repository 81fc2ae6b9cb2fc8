import type { Carried, CarriedLater } from './carried.ts';

/** What a host carries, now that somebody asks for it. */
export async function loadCarried(carried: Carried | CarriedLater): Promise<Carried> {
  return 'load' in carried ? carried.load() : carried;
}
