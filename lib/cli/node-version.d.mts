export function satisfies(version: string, range: string): boolean;
export function unsuitable(action: string, version: string, range: string, remedy: string): string;
