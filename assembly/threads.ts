/**
 * How the threads of a team share the steps of a run: sections of ops, pieces that are claimed, and the barrier between. Knows
 * nothing of what ops do (execute.ts).
 *
 * Each thread is an instance of this module over the same memory, and calls `runTeam` with the same arguments. Nobody owns a
 * piece beforehand: a thread on a busy core claims fewer. As no element's bits depend on who computes it in which piece, the
 * result is that of one thread.
 *
 *   rows of a batch of 128, two threads:   48 | 48 | 16 | 16      three quarters first, while weights are near; then the rest
 */
import {
  FLAG_OPEN, OP_CODE, OP_FLAGS, OP_KIND, OP_MEMBERS, OP_PANELS, OP_SECTION, OP_SIZE, OP_TILES, OP_TILE_PANELS, SECTION_COLUMNS,
  SECTION_EACH, SECTION_ROWS, SECTION_TILES, STATUS_LOSS, STATUS_OK, STATUS_UPDATE, STEP_ROWS, STEP_SIZE, STEP_STATUS, TEAM_ABORT, TEAM_ARRIVED,
  TEAM_CLAIM, TEAM_GENERATION, TEAM_LEFT, TEAM_SLEEPERS, TEAM_STEPS, TEAM_THREADS,
} from './abi';
import { ALL_PANELS, run, runOp, runTile } from './execute';

/** Looks at the barrier before a thread goes to sleep: about 50 µs, as long as waking takes. */
const SPINS: i32 = 20000;
/** Nanoseconds after which a sleeper looks whether the run was aborted. */
const SLEEP: i64 = 20000000;
/** Rows that are worth a claim. */
const SMALLEST_BLOCK: i32 = 8;
/** What `runTeam` returns when the run was aborted. */
const ABORTED: i32 = -1;

/** Waits until all threads have come; the last one sets the claims back. False when the run was aborted. */
function meet(team: usize, endOfStep: bool): bool {
  const threads = load<i32>(team, TEAM_THREADS);
  const generation = atomic.load<i32>(team, TEAM_GENERATION);
  if (atomic.add<i32>(team, 1, TEAM_ARRIVED) == threads - 1) {
    atomic.store<i32>(team, 0, TEAM_ARRIVED);
    atomic.store<i32>(team, 0, TEAM_CLAIM);
    if (endOfStep) atomic.add<i32>(team, 1, TEAM_STEPS);
    atomic.store<i32>(team, generation + 1, TEAM_GENERATION);
    if (atomic.load<i32>(team, TEAM_SLEEPERS)) atomic.notify(team + TEAM_GENERATION, -1);
    return atomic.load<i32>(team, TEAM_ABORT) == 0;
  }
  for (let spin = SPINS; spin > 0; spin--) {
    if (atomic.load<i32>(team, TEAM_GENERATION) != generation) return atomic.load<i32>(team, TEAM_ABORT) == 0;
  }
  atomic.add<i32>(team, 1, TEAM_SLEEPERS);
  while (atomic.load<i32>(team, TEAM_GENERATION) == generation && !atomic.load<i32>(team, TEAM_ABORT)) {
    atomic.wait<i32>(team + TEAM_GENERATION, generation, SLEEP);
  }
  atomic.sub<i32>(team, 1, TEAM_SLEEPERS);
  return atomic.load<i32>(team, TEAM_ABORT) == 0;
}

// @ts-ignore: decorator
@inline
function claim(team: usize): i32 {
  return atomic.add<i32>(team, 1, TEAM_CLAIM);
}

/**
 * Runs `count` steps together with the other threads of the team, each of which calls this with its own number. Returns how
 * many steps are whole, the same in every thread: fewer than `count` when something became non-finite (STATUS_), -1 when
 * the run was aborted.
 */
export function runTeam(program: usize, steps: usize, count: i32, team: usize, thread: i32): i32 {
  let done: i32;
  if (load<i32>(program, OP_CODE) == OP_SECTION) {
    done = runTogether(program, steps, count, team, thread);
  } else {
    // A program without sections is made for one thread.
    for (done = 0; done < count && run(program, steps + <usize>done * STEP_SIZE, 1); done++) atomic.store<i32>(team, done + 1, TEAM_STEPS);
  }
  atomic.add<i32>(team, 1, TEAM_LEFT);
  atomic.notify(team + TEAM_LEFT, -1);
  return done;
}

function runTogether(program: usize, steps: usize, count: i32, team: usize, thread: i32): i32 {
  for (let done = 0; done < count; done++) {
    if (thread == 0) store<i32>(steps, STATUS_OK, STEP_STATUS);
    for (let section = program; load<i32>(section, OP_CODE) == OP_SECTION; ) {
      const next = section + (<usize>load<i32>(section, OP_MEMBERS) + 1) * OP_SIZE;
      const status = runSection(section, next, steps, team, thread);
      if (status == STATUS_LOSS) {
        if (thread == 0) store<i32>(steps, STATUS_LOSS, STEP_STATUS);
        return done;
      }
      if (status == STATUS_UPDATE) atomic.store<i32>(steps, STATUS_UPDATE, STEP_STATUS);
      if (!(load<i32>(section, OP_FLAGS) & FLAG_OPEN) && !meet(team, load<i32>(next, OP_CODE) != OP_SECTION)) return ABORTED;
      section = next;
    }
    if (atomic.load<i32>(steps, STEP_STATUS) != STATUS_OK) return done;
    steps += STEP_SIZE;
  }
  return count;
}

/** A thread's part of the section whose ops end at `next`. */
function runSection(section: usize, next: usize, step: usize, team: usize, thread: i32): i32 {
  const first = section + OP_SIZE;
  const rows = load<i32>(step, STEP_ROWS);
  switch (load<i32>(section, OP_KIND)) {
    case SECTION_ROWS: {
      const threads = load<i32>(team, TEAM_THREADS);
      let block = 0, row = 0;
      for (let mine = claim(team); ; mine = claim(team)) {
        for (; block < mine && row < rows; block++) row += blockRows(block, row, rows, threads);
        if (row >= rows) return STATUS_OK;
        const count = blockRows(block, row, rows, threads);
        for (let op = first; op < next; op += OP_SIZE) runOp(op, step, thread, row, count, 0, ALL_PANELS);
      }
    }
    case SECTION_COLUMNS: {
      const panels = load<i32>(section, OP_PANELS);
      for (let panel = claim(team); panel < panels; panel = claim(team)) {
        for (let op = first; op < next; op += OP_SIZE) runOp(op, step, thread, 0, rows, panel, panel + 1);
      }
      return STATUS_OK;
    }
    case SECTION_TILES: return runTiles(first, next, step, team, thread);
    case SECTION_EACH: return runAll(first, next, step, thread);
    default: return claim(team) == 0 ? runAll(first, next, step, thread) : STATUS_OK;
  }
}

/** Rows of a block that begins at `row`: three quarters of a fair share to each thread first, then smaller ones of what is left. */
function blockRows(block: i32, row: i32, rows: i32, threads: i32): i32 {
  const share = block < threads ? (3 * rows / threads) >> 2 : rows / (4 * threads);
  return min(rows - row, max(SMALLEST_BLOCK, (share + 3) & ~3));
}

function runAll(first: usize, next: usize, step: usize, thread: i32): i32 {
  const rows = load<i32>(step, STEP_ROWS);
  let status = STATUS_OK;
  for (let op = first; op < next; op += OP_SIZE) status |= runOp(op, step, thread, 0, rows, 0, ALL_PANELS);
  return status;
}

/** Claims tiles of all groups of a section, in their order. */
function runTiles(first: usize, next: usize, step: usize, team: usize, thread: i32): i32 {
  let status = STATUS_OK;
  let before = 0;
  let mine = claim(team);
  for (let group = first; group < next; group += (<usize>load<i32>(group, OP_MEMBERS) + 1) * OP_SIZE) {
    const panels = load<i32>(group, OP_PANELS), tile = load<i32>(group, OP_TILE_PANELS);
    const tiles = (panels + tile - 1) / tile;
    for (; mine < before + tiles; mine = claim(team)) {
      const panel = (mine - before) * tile;
      status |= runTile(group, step, thread, panel, panel + tile);
    }
    before += tiles;
  }
  return status;
}
