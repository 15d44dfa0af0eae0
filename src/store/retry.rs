//! Tries again when another writer was faster, up to a time limit, and with preference for those
//! who have waited longest.

use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

use super::StoreWriter;
use crate::error::Kind;
use crate::git::Id;
use crate::{Error, Result};

/// How long to keep trying while other writers succeed. A hundred jobs that push at the same time
/// need about a minute.
const LIMIT: Duration = Duration::from_secs(600);
/// The lowest upper limit of a pause between tries.
const SHORTEST: Duration = Duration::from_millis(40);

/// How long to wait.
struct Patience {
    /// How long to keep trying while nobody succeeds. The lock of a killed process stays for ever.
    stuck: Duration,
    /// The highest upper limit of a pause. Failed tries slow down the others, since each contacts a
    /// remote with several git processes.
    longest: Duration,
    /// A writer that has waited this long halves its pauses, and again after the same time. This
    /// gives it precedence over newcomers.
    senior: Duration,
}

const LOCAL: Patience = Patience {
    stuck: Duration::from_secs(10),
    longest: Duration::from_millis(2560),
    senior: Duration::from_secs(10),
};

const REMOTE: Patience = Patience {
    stuck: Duration::from_secs(60),
    longest: Duration::from_secs(20),
    senior: Duration::from_secs(60),
};

impl StoreWriter<'_> {
    /// Retries while other writers of the local branch are faster.
    pub(super) fn again<T>(&self, attempt: impl FnMut() -> Result<T>) -> Result<T> {
        again(&LOCAL, || self.repo.tip(&self.reference).ok().flatten(), attempt)
    }

    /// Retries while other writers of a remote's branch are faster.
    pub(super) fn again_with<T>(
        &self,
        remote: &str,
        attempt: impl FnMut() -> Result<T>,
    ) -> Result<T> {
        let tracking = self.tracking(remote)?;
        again(&REMOTE, || self.repo.tip(&tracking).ok().flatten(), attempt)
    }
}

/// Retries while other writers are faster. `tip` returns the value that they move: as long as it
/// changes, another try makes sense.
fn again<T>(
    patience: &Patience,
    tip: impl Fn() -> Option<Id>,
    mut attempt: impl FnMut() -> Result<T>,
) -> Result<T> {
    let start = Instant::now();
    let (mut known, mut moved) = (tip(), start);
    let mut tried = 0;
    loop {
        let error = match attempt() {
            Err(error) if error.kind() == Kind::RefMoved => error,
            other => return other,
        };
        tried += 1;
        let now = tip();
        if now != known {
            (known, moved) = (now, Instant::now());
        }

        if start.elapsed() > LIMIT || moved.elapsed() > patience.stuck {
            let seconds = start.elapsed().as_secs();
            let gave_up = format!("gave up after {tried} tries in {seconds} seconds");
            return Err(Error::new(gave_up).with_kind(Kind::RefMoved).because(error));
        }
        std::thread::sleep(patience.pause(tried, start.elapsed()));
    }
}

impl Patience {
    /// A random pause, so that the writers spread out. Its upper limit doubles with each try, and
    /// halves with the time waited.
    fn pause(&self, tried: u32, waited: Duration) -> Duration {
        let limit = SHORTEST.saturating_mul(1 << tried.min(16)).min(self.longest);
        let halvings = (waited.as_secs() / self.senior.as_secs()).min(16) as u32;
        let limit = (limit / (1 << halvings)).max(SHORTEST);
        let chance = RandomState::new().hash_one(tried);
        Duration::from_millis(chance % limit.as_millis() as u64)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn moved() -> Error {
        Error::new("it moved").with_kind(Kind::RefMoved)
    }

    #[test]
    fn it_goes_on_while_others_get_through() {
        let tries = Cell::new(0_u8);
        let tip = || Some(Id::from_raw(&[tries.get(); 20]));
        let attempt = || {
            tries.set(tries.get() + 1);
            if tries.get() < 4 { Err(moved()) } else { Ok(tries.get()) }
        };
        // It goes on only because the tip moves.
        assert_eq!(
            again(&Patience { stuck: Duration::from_millis(100), ..LOCAL }, tip, attempt).ok(),
            Some(4)
        );
    }

    #[test]
    fn it_gives_up_where_nobody_gets_through() {
        let attempts: Result<()> =
            again(&Patience { stuck: Duration::ZERO, ..LOCAL }, || None, || Err(moved()));
        let error = attempts.expect_err("nothing changes");
        assert!(
            error.kind() == Kind::RefMoved
                && error.chain().concat().contains("gave up after 1 tries")
        );
    }

    #[test]
    fn another_error_is_not_tried_again() {
        let tries = Cell::new(0);
        let attempts: Result<()> = again(
            &LOCAL,
            || None,
            || {
                tries.set(tries.get() + 1);
                Err(Error::new("refused"))
            },
        );
        assert!(attempts.is_err() && tries.get() == 1);
    }

    #[test]
    fn who_has_waited_pauses_less() {
        let longest = |waited| {
            (0..200).map(|_| LOCAL.pause(16, Duration::from_secs(waited))).max().unwrap_or_default()
        };
        assert!(longest(0) > Duration::from_millis(1280) && longest(0) < LOCAL.longest);
        assert!(longest(30) < Duration::from_millis(320) && longest(600) < SHORTEST);
    }
}
