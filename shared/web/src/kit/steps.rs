//! Steps of a job or a wizard, one under the other, each with its state in word, shape and colour.

use maud::{Markup, html};

use super::status::Tone;

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// How it stands: done is good, under way is busy, to come is idle.
    pub tone: Tone,
    /// What it is.
    pub label: String,
    /// How it stands in words; may be empty.
    pub state: String,
}

impl Step {
    /// A step.
    pub fn new(tone: Tone, label: impl Into<String>, state: impl Into<String>) -> Self {
        Self { tone, label: label.into(), state: state.into() }
    }
}

/// The steps in their order.
pub fn steps(name: &str, steps: &[Step]) -> Markup {
    html! {
        ol .wb-steps aria-label=(name) {
            @for step in steps {
                li class=(step.tone.class()) aria-current=[(step.tone == Tone::Busy).then_some("step")] {
                    span .wb-shape aria-hidden="true" { (step.tone.shape()) }
                    span { strong { (step.label) } @if !step.state.is_empty() { ": " (step.state) } }
                }
            }
        }
    }
}

/// Where a wizard is: `at` counts from 1.
pub fn wizard_steps(name: &str, labels: &[String], at: usize) -> Markup {
    html! {
        ol .wb-wizard aria-label=(name) {
            @for (index, label) in labels.iter().enumerate() {
                @let number = index + 1;
                li aria-current=[(number == at).then_some("step")] data-done=[(number < at).then_some("")] {
                    span aria-hidden="true" { @if number < at { "✓" } @else { (number) } }
                    " " (label)
                }
            }
        }
    }
}
