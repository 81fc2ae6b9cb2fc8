export { checkRules, MAX_RULE_COST, MAX_SCHEMA_COST } from './check-rules.ts';
