//! Calls of devices that wait for news: one for each device, so many in all, woken ward by ward.
//!
//! A waiting call holds a place here and nothing else: no thread, no turn of the sync endpoint. What
//! wakes it is the feed in the database (see [`crate::jobs::news`]), so no way in can be forgotten.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot, watch};
use wardbook_base::{DeviceId, FeedSeq, WardId};

/// Calls that may wait at the same time.
pub const WAITING_MAX: usize = 2_000;

/// Who waits, and for which ward.
#[derive(Debug)]
pub struct Waits {
    places: Mutex<Places>,
    /// Rung when a feed may have moved.
    pub moved: Notify,
    closed: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Places {
    last_number: u64,
    devices: BTreeMap<DeviceId, Taken>,
    wards: BTreeMap<WardId, watch::Sender<FeedSeq>>,
}

/// The place of one call. Dropping `_end` ends the call.
#[derive(Debug)]
struct Taken {
    number: u64,
    _end: oneshot::Sender<()>,
}

/// A place, free again when dropped.
#[derive(Debug)]
pub struct Place {
    waits: Arc<Waits>,
    device: DeviceId,
    number: u64,
    ended: oneshot::Receiver<()>,
    feed: watch::Receiver<FeedSeq>,
    closed: watch::Receiver<bool>,
}

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The feed has moved on.
    News,
    /// Nothing happened, or the same device waits in a newer call.
    Quiet,
    /// The hub stops.
    Closed,
}

impl Waits {
    /// Nobody waits yet.
    pub fn new() -> Arc<Self> {
        let (closed, _) = watch::channel(false);
        Arc::new(Self { places: Mutex::default(), moved: Notify::new(), closed })
    }

    /// A place for a device's call. An older call of the device is ended: it was cut, or the device
    /// is in two places, and neither may take more than one. `None` when there is no room.
    pub fn take(self: &Arc<Self>, device: DeviceId, ward: &WardId) -> Option<Place> {
        let mut places = self.places();
        let here_already = places.devices.contains_key(&device);
        if *self.closed.borrow() || (!here_already && places.devices.len() >= WAITING_MAX) {
            return None;
        }
        places.last_number += 1;
        let number = places.last_number;
        let (end, ended) = oneshot::channel();
        places.devices.insert(device, Taken { number, _end: end });
        let of_ward = places.wards.entry(ward.clone());
        let feed = of_ward.or_insert_with(|| watch::channel(FeedSeq(0)).0).subscribe();
        drop(places);
        let (waits, closed) = (Arc::clone(self), self.closed.subscribe());
        Some(Place { waits, device, number, ended, feed, closed })
    }

    /// How many devices wait.
    pub fn count(&self) -> usize {
        self.places().devices.len()
    }

    /// The wards for which somebody waits.
    pub fn wards(&self) -> Vec<WardId> {
        let mut places = self.places();
        places.wards.retain(|_, feed| feed.receiver_count() > 0);
        places.wards.keys().cloned().collect()
    }

    /// Wakes those whose ward's feed stands beyond where they are.
    pub fn announce(&self, ends: &[(WardId, FeedSeq)]) {
        let places = self.places();
        for (ward, seq) in ends {
            if let Some(feed) = places.wards.get(ward) {
                feed.send_if_modified(|last| {
                    let further = *seq > *last;
                    *last = (*last).max(*seq);
                    further
                });
            }
        }
    }

    /// Ends every wait, now and from now on: the hub stops.
    pub fn close(&self) {
        self.closed.send_replace(true);
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Waits until the ward's feed stands beyond `after`, at most so long.
    pub async fn until_news(mut self, after: FeedSeq, at_most: Duration) -> Ended {
        let news = async {
            // The sender lives as long as somebody listens; without it only the time is left.
            if self.feed.wait_for(|seq| *seq > after).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let closed = async {
            let _ = self.closed.wait_for(|closed| *closed).await;
        };
        tokio::select! {
            biased;
            () = news => Ended::News,
            () = closed => Ended::Closed,
            _ = &mut self.ended => Ended::Quiet,
            () = tokio::time::sleep(at_most) => Ended::Quiet,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = self.waits.places();
        if places.devices.get(&self.device).is_some_and(|taken| taken.number == self.number) {
            places.devices.remove(&self.device);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_hours(1);

    fn device(n: usize) -> DeviceId {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&n.to_be_bytes());
        DeviceId(id)
    }

    fn ward(text: &str) -> WardId {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn only_the_ward_that_moved_wakes() {
        let waits = Waits::new();
        let (one, two) = (ward("25888.1"), ward("25891.1"));
        let first = waits.take(device(1), &one).unwrap();
        let second = waits.take(device(2), &two).unwrap();
        assert_eq!(waits.wards(), vec![one.clone(), two.clone()]);
        waits.announce(&[(one, FeedSeq(3)), (two, FeedSeq(3))]);
        assert_eq!(first.until_news(FeedSeq(2), LONG).await, Ended::News);
        // It stands at 3 already.
        assert_eq!(second.until_news(FeedSeq(3), Duration::ZERO).await, Ended::Quiet);
        assert_eq!((waits.count(), waits.wards()), (0, vec![]));
    }

    #[tokio::test]
    async fn a_newer_call_of_a_device_ends_the_older_and_keeps_its_own_place() {
        let waits = Waits::new();
        let old = waits.take(device(1), &ward("25888.1")).unwrap();
        let new = waits.take(device(1), &ward("25888.1")).unwrap();
        assert_eq!(old.until_news(FeedSeq(0), LONG).await, Ended::Quiet);
        assert_eq!(waits.count(), 1);
        waits.announce(&[(ward("25888.1"), FeedSeq(1))]);
        assert_eq!(new.until_news(FeedSeq(0), LONG).await, Ended::News);
    }

    #[tokio::test]
    async fn there_are_so_many_places_and_none_when_the_hub_stops() {
        let waits = Waits::new();
        let mut taken: Vec<Place> =
            (0..WAITING_MAX).map(|n| waits.take(device(n), &ward("25888.1")).unwrap()).collect();
        assert!(waits.take(device(WAITING_MAX), &ward("25888.1")).is_none());
        let last = taken.pop().unwrap();
        drop(waits.take(device(WAITING_MAX - 1), &ward("25888.1")).unwrap());
        drop(last);
        let late = waits.take(device(WAITING_MAX), &ward("25888.1")).unwrap();
        waits.close();
        assert_eq!(late.until_news(FeedSeq(0), LONG).await, Ended::Closed);
        assert!(waits.take(device(1), &ward("25888.1")).is_none());
    }
}
