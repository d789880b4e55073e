// The command line of a campaign: a seed, a budget, and how much of it.

import { Command, InvalidArgumentError } from 'commander';

/** A whole number of at least so many, or a mistake that says so. */
export function whole(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^[0-9]+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least} on.`);
  };
}

/** `npm run NAME -- …`; with a wrong word it ends with status 2, and says what is right. */
export function campaign(name: string, about: string): Command {
  return new Command(`npm run ${name} --`)
    .description(about)
    .showHelpAfterError()
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
}
