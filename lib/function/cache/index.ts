export { AnswerCache, type CachedAnswer, type CacheOutcome } from './answer-cache.ts';
