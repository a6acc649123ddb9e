//! One action for many people: what is kept of it for taking it back.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_of_an_action_for_many_people_names_nobody() {
    let mut browser = Browser::signed_in().await;
    let id = browser.create("Trần Thị Bí Mật").await;
    let form = [
        ("id", id.as_str()),
        ("key", "reward"),
        ("stage", "save"),
        ("content", "Có thành tích trong đợt sắp xếp"),
        ("form", "giay_khen"),
        ("decision_no", "78/QĐ-UBND"),
        ("decision_date", "29/05/2025"),
        ("decision_org", "UBND phường Uyên Hưng"),
        ("signer", "Lê Văn Hùng"),
    ];
    let saved = browser.post("/people/events", &form).await;
    assert!(saved.location.starts_with("/events/batches/"), "{}", saved.body);
    let shown = browser.get(&saved.location).await;
    assert!(shown.body.contains("Trần Thị Bí Mật"), "{}", shown.body);
    let account = browser.app.replica().store().read(|tx| tx.accounts()).unwrap().remove(0);
    let kept = browser.app.replica().store().read(|tx| {
        let owner = account.id.to_string();
        tx.desk_items(&owner, "event_batch")
    });
    let kept = kept.unwrap();
    // Such a thing outlives the record, and is not sealed with its key.
    assert!(kept.len() == 1 && kept[0].document.is_none());
    assert!(kept[0].value.contains(&id) && !kept[0].value.contains("Mật"), "{}", kept[0].value);
    assert_eq!(browser.post(&saved.location, &[]).await.location, saved.location);
    let undone = browser.get(&saved.location).await;
    assert!(undone.body.contains("Trần Thị Bí Mật"), "{}", undone.body);
}
