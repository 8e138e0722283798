/** Ask the server again and again: often while something goes on, seldom else, never unseen. */

const LONGEST_WAIT_MS = 8000;

/**
 * Begin to ask.
 *
 * @param {(signal: AbortSignal) => Promise<number|null>} ask  Asks once; gives the milliseconds until
 *   the next time, or null to stop.
 * @param {object} options
 *   seen: () => boolean            whether it is looked at; nothing is asked otherwise;
 *   lost: (error) => void          the server did not answer; it is asked again, ever more seldom;
 *   found: () => void              it answers again;
 *   refused: (error) => void       it answered with an error; the asking stops.
 * @returns {{now: () => void, stop: () => void}}
 */
export function poll(ask, { seen = () => true, lost, found, refused } = {}) {
  let timer = null;
  let asking = null;
  let missed = 0;
  let stopped = false;

  async function turn() {
    clearTimeout(timer);
    if (stopped || asking) return;
    if (document.hidden || !seen()) {
      wait(1000);
      return;
    }
    const mine = new AbortController();
    asking = mine;
    try {
      const next = await ask(mine.signal);
      if (missed) found?.();
      missed = 0;
      if (next !== null) wait(next);
    } catch (error) {
      // Whoever aborts begins again by himself.
      if (error.code === "aborted" || stopped) return;
      if (error.code === undefined) throw error;
      if (error.code === "offline" || error.code === "busy" || error.status >= 500) {
        missed += 1;
        lost?.(error);
        wait(Math.min(1000 * 2 ** (missed - 1), LONGEST_WAIT_MS));
      } else {
        refused?.(error);
      }
    } finally {
      if (asking === mine) asking = null;
    }
  }

  function wait(milliseconds) {
    if (!stopped) timer = setTimeout(turn, milliseconds);
  }

  /** Ask at once, and not what was just being asked. */
  function now() {
    asking?.abort();
    asking = null;
    turn();
  }

  function stop() {
    stopped = true;
    clearTimeout(timer);
    asking?.abort();
  }

  turn();
  return { now, stop };
}
