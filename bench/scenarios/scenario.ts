/** What the bench measures: one line of its table. */

/** Rooms, members and messages. */
export interface Scenario {
  /** As the command line names it; several lines may share it. */
  readonly name: string;
  /** As the table names it. */
  readonly title: string;
  readonly rooms: number;
  readonly membersPerRoom: number;
  /** Messages a second over all rooms, by the clock, whether or not the server keeps up. */
  readonly rate: number;
  /** How long to send, s; the same number of messages for every server. */
  readonly seconds: number;
  readonly textBytes: number;
}

/** The scenario with a fifth of its messages: to see that things work, not to measure. */
export function shortened(scenario: Scenario): Scenario {
  return { ...scenario, seconds: scenario.seconds / 5 };
}
