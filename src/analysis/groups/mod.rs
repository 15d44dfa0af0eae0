//! Named groups of files, by owner or by component: which files belong to a group ([`rules`]), and
//! the group's coverage at every point of the timeline ([`series`]).

pub mod rules;
pub mod series;
