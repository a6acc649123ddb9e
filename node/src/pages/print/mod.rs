//! The official forms: for one person, and for many at once.

pub(crate) mod job;
pub(crate) mod many;
pub(crate) mod one;

use wardbook_base::DocumentId;
use wardbook_record::{PartialDate, Person, rules};
use wardbook_replica::{Replica, ReplicaError, Viewer};
use wardbook_web::kit::field_id;
use wardbook_web::print::{Form, Missing, Occasion, Office, Subject, hidden_items};
use wardbook_web::{PageContext, t_args};

/// Kinds of places that stand before their names and not in a date line.
const KINDS: [&str; 4] = ["Phường ", "Xã ", "Thị trấn ", "Đặc khu "];

/// What stays off paper unless the city has switched planning on.
const PLANNING: [&str; 3] = ["planned_titles", "planning", "rotation_plan"];

/// When and where this office prints.
fn occasion(replica: &Replica) -> Result<Occasion, ReplicaError> {
    let as_of = replica.as_of()?;
    // People sign today, whatever day the city's units and posts are meant as of.
    let day = PartialDate::in_vietnam(replica.now());
    Ok(Occasion { as_of, day, office: office(replica)? })
}

/// What this office puts on its papers: as it was set, else by the ward's name.
pub(crate) fn office(replica: &Replica) -> Result<Office, ReplicaError> {
    let ward = replica.membership()?.map(|joined| joined.ward_name).unwrap_or_default();
    let set = replica.paper()?;
    let or = |set: String, usual: &str| if set.is_empty() { usual.to_owned() } else { set };
    Ok(Office {
        superior: set.superior,
        agency: or(set.agency, &ward),
        place: or(set.place, &place_of(&ward)),
        signer_title: set.signer_title.lines().map(str::to_owned).collect(),
        signer_name: set.signer_name,
    })
}

/// `Uyên Hưng` of `Phường Uyên Hưng`, but `Phường 1` whole, as Decree 30/2020 wants it.
fn place_of(agency: &str) -> String {
    let first = agency.split(',').next().unwrap_or_default().trim();
    let bare = KINDS.iter().find_map(|kind| first.strip_prefix(kind)).unwrap_or(first);
    let numbered = bare.chars().all(|c| c.is_ascii_digit());
    if numbered { first } else { bare }.to_owned()
}

/// What the viewer's role may not read.
fn may_not_read(viewer: &Viewer) -> impl Fn(&str) -> bool + use<> {
    let access = viewer.access();
    move |key: &str| !access.reads(key)
}

/// What is not printed: what the role may not read, and planning while the city keeps it off.
fn hides(viewer: &Viewer, as_of: PartialDate) -> impl Fn(&str) -> bool + use<> {
    let may_not = may_not_read(viewer);
    let planning = rules::planning_recorded(&rules::in_force(as_of));
    move |key: &str| may_not(key) || (!planning && PLANNING.contains(&key))
}

/// The record with the address of its photo.
fn subject(person: &Person) -> Subject<'_> {
    let photo = person.text("photo").map(|_| format!("/people/{}/photo", person.id));
    Subject { person, photo }
}

/// Each thing that is missing with the address where it is filled in, for who may do that.
fn with_addresses(
    viewer: &Viewer,
    document: DocumentId,
    missing: Vec<Missing>,
) -> Vec<(Missing, String)> {
    let address = |item: &Missing| {
        if !viewer.access().writes(&item.key) {
            String::new()
        } else if item.is_table {
            format!("/people/{document}?tab={}#table-{}", item.section, item.key)
        } else {
            let box_id = field_id(&item.key);
            format!("/people/{document}/sections/{}#{box_id}", item.section)
        }
    };
    missing
        .into_iter()
        .map(|item| {
            let address = address(&item);
            (item, address)
        })
        .collect()
}

/// What is said on the screen of content that the viewer may not see; empty when all is there.
fn hidden_note(ctx: &PageContext, form: &Form, viewer: &Viewer) -> String {
    let items: Vec<String> = hidden_items(form, &may_not_read(viewer))
        .iter()
        .map(|number| t_args(ctx.lang, "print-hidden-item", &[("number", number.as_str())]))
        .collect();
    if items.is_empty() {
        return String::new();
    }
    t_args(ctx.lang, "print-hidden", &[("items", items.join(", "))])
}

/// What a form still needs of a record.
fn gaps(form: &Form, person: &Person, as_of: PartialDate, viewer: &Viewer) -> Vec<Missing> {
    wardbook_web::print::missing(form, person, as_of, &hides(viewer, as_of))
}

#[cfg(test)]
mod tests {
    use super::place_of;

    #[test]
    fn the_place_of_a_letter_is_named_as_the_decree_wants() {
        for (agency, place) in [
            ("Phường Uyên Hưng, Thành phố Tân Uyên", "Uyên Hưng"),
            ("Phường 1", "Phường 1"),
            ("Xã Bạch Đằng", "Bạch Đằng"),
            ("", ""),
        ] {
            assert_eq!(place_of(agency), place);
        }
    }
}
