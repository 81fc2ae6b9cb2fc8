import { expect, test } from 'vitest';
import { sumMetric } from './sum-metric.ts';

const TEXT = `# HELP opens_total Number of opens
# TYPE opens_total counter
opens_total{controller="composite/a",result="Allowed"} 2
opens_total{controller="composite/b",result="Dropped"} 3.5e+01
opens_total_created{controller="composite/a"} 1.7e9
up 1
`;

const cases = {
  All: { reason: 'every series of that name, no other name', in: ['opens_total'], want: 37 },
  Labelled: { reason: 'only what carries the label', in: ['opens_total', { result: 'Dropped' }], want: 35 },
  PartOfLabel: { reason: 'a label is compared whole', in: ['opens_total', { sult: 'Dropped' }], want: 0 },
  Unlabelled: { reason: 'a series may have no labels', in: ['up'], want: 1 },
  Absent: { reason: 'a counter that never counted is not there', in: ['closes_total'], want: 0 },
} as const;

test.for(Object.entries(cases))(
  'sumMetric() %s',
  ([
    ,
    {
      reason,
      in: [name, labels],
      want,
    },
  ]) => {
    expect(sumMetric(TEXT, name, labels), reason).toBe(want);
  },
);
