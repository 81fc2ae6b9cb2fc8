import { composeInThread } from './compose-in-thread.ts';

composeInThread();
