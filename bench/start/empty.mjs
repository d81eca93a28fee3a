/** A process that does nothing, to compare with. */
process.stdout.write(String(performance.now()));
