//! Which pages of a server's list of dashboards are worth what they cost?
//!
//! A page without contents tells which dashboards are as dashctl wrote them; the others must be read: one by one, or by a page of
//! whole dashboards. A server ends a page at about two megabytes of what it stores, some tens of dashboards, to whatever extent.
//! What one page has shown is what the next one is expected to show.

use crate::grafana::apis::Extent;

/// Fewer dashboards than this are read one by one.
const WORTHWHILE: usize = 16;
/// A page without contents costs a server about as much as this many dashboards that are read one by one.
const METADATA: usize = 8;
/// And so does a page of whole dashboards (a real 13.1: 15 pages in 3.8 s, 1,000 dashboards one by one in 17 s).
const WHOLE: usize = 15;

/// How far one goes along a list, and what is asked for.
#[derive(Debug)]
pub struct Course {
    /// How many requests are saved at most.
    dashboards: usize,
    /// What the pages have cost so far, in dashboards that are read one by one.
    spent: usize,
    /// How many of the newest page must be read.
    touched: usize,
}

impl Course {
    /// For so many dashboards; nothing where a list isn't worth while.
    pub fn of(dashboards: usize) -> Option<Self> {
        (dashboards >= WORTHWHILE).then_some(Self {
            dashboards,
            spent: 0,
            touched: 0,
        })
    }

    /// So many dashboards of the newest page must be read to be known.
    pub fn saw(&mut self, touched: usize) {
        self.touched = touched;
    }

    /// What the next page is to hold; nothing where what is left costs less one by one.
    pub fn ahead(&mut self) -> Option<Extent> {
        let extent = match self.touched + METADATA > WHOLE {
            true => Extent::Whole,
            false => Extent::Metadata,
        };
        let cost = match extent {
            Extent::Metadata => METADATA,
            Extent::Whole => WHOLE,
        };
        self.pay(cost).then_some(extent)
    }

    /// Whether a page of which so many dashboards must be read is to be had once more, whole.
    pub fn again(&mut self, touched: usize) -> bool {
        touched > WHOLE && self.pay(WHOLE)
    }

    fn pay(&mut self, cost: usize) -> bool {
        let may = self.spent < self.dashboards;
        self.spent += if may { cost } else { 0 };
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_dashboards_are_read_one_by_one() {
        assert!(Course::of(15).is_none());
        assert!(Course::of(16).is_some());
    }

    #[test]
    fn pages_are_whole_where_the_last_one_was_mostly_touched() {
        let mut course = Course::of(1000).unwrap();
        assert_eq!(course.ahead(), Some(Extent::Metadata));
        course.saw(7);
        assert_eq!(course.ahead(), Some(Extent::Metadata));
        course.saw(8);
        assert_eq!(course.ahead(), Some(Extent::Whole));
        course.saw(0);
        assert_eq!(course.ahead(), Some(Extent::Metadata));
        assert!(!course.again(15));
        assert!(course.again(16));
    }

    #[test]
    fn pages_of_other_peoples_dashboards_are_not_read_for_ever() {
        let mut course = Course::of(20).unwrap();
        let pages = std::iter::from_fn(|| course.ahead()).take(100).count();
        assert_eq!(pages, 3);
        assert!(!course.again(1000));
    }
}
