// Plain JavaScript, because it has to run on the Node that turns out to be unsuitable.

/** @param {string} version */
function parts(version) {
  const [major, minor, patch] = version.replace(/^v/, '').split(/[.+-]/).map(Number);
  return [major || 0, minor || 0, patch || 0];
}

/** @param {number[]} a @param {number[]} b */
function compare(a, b) {
  for (let i = 0; i < 3; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return 0;
}

/**
 * Whether a Node version satisfies an `engines` range made of `^x.y.z`, `>=x.y.z` and `x.y.z`, joined by `||`.
 * @param {string} version
 * @param {string} range
 */
export function satisfies(version, range) {
  const have = parts(version);
  return range.split('||').some((alternative) => {
    const [, operator, wanted] = /^(\^|>=)?\s*(\S+)$/.exec(alternative.trim()) || [];
    if (wanted === undefined) return false;
    const order = compare(have, parts(wanted));
    if (operator === '>=') return order >= 0;
    if (operator === '^') return order >= 0 && have[0] === parts(wanted)[0];
    return order === 0;
  });
}

/**
 * The sentence for a person whose Node cannot run the toolkit.
 * @param {string} action what was asked for, as "Cannot …"
 * @param {string} version
 * @param {string} range
 * @param {string} remedy
 */
export function unsuitable(action, version, range, remedy) {
  return `${action}: this is Node ${version.replace(/^v/, '')}, but Node ${range} is needed\nhint: ${remedy}`;
}
