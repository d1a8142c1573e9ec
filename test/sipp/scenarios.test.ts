import { caseNames, readCase } from './scenario-case.ts';
import { playedCases } from './scenarios.ts';

playedCases(
  'the SIPp scenarios',
  caseNames().filter((name) => !readCase(name).long),
  'embedded',
);
