//! One page with every part of the kit on it.

use wardbook_base::Timestamp;
use wardbook_web::kit::{
    Badge, Bar, BarChart, ButtonKind, Chip, Column, Crumb, Direction, FieldError, Page, Pager,
    SearchBox, Sort, StatTile, Tab, Tone, alert, badge, bar_chart, button, button_named, card,
    checkbox, definition_list, empty_state, field, fieldset, filter_chips, hidden, icon,
    link_button, pager, progress, radios, search_box, section_nav, stat_tiles, table, tabs, tag,
};
use wardbook_web::{AppKind, Markup, NavItem, PageContext, RequestInfo, UserInfo, format, html};

/// The surroundings of the sample.
pub(crate) fn context(request: &RequestInfo) -> PageContext {
    let nav = vec![
        NavItem::new("/", "Tổng quan"),
        NavItem::new("/people", "Cán bộ"),
        NavItem::new("/conflicts", "Xung đột").count(2),
        NavItem::new("/imports", "Nhập từ Excel"),
        NavItem::new("/sync", "Đồng bộ"),
    ];
    PageContext {
        user: Some(UserInfo {
            name: "Nguyễn Thị Hòa".to_owned(), role: "Văn thư".to_owned()
        }),
        sync_badge: Some(Badge::new(Tone::Good, "Đã đồng bộ 14:02").href("/sync")),
        agency: "Ủy ban nhân dân phường Uyên Hưng".to_owned(),
        account_href: "/account".to_owned(),
        notice: Some("Đã lưu thay đổi của Trần Văn Bình.".to_owned()),
        ..PageContext::new(AppKind::Node, request)
    }
    .with_nav(nav)
}

/// The page.
pub(crate) fn page(ctx: &PageContext) -> Markup {
    let errors = vec![FieldError {
        name: "birth_date".to_owned(),
        message: "Ngày sinh “31/02/1990” không có trong lịch. Hãy nhập ngày từ 1 đến 28."
            .to_owned(),
    }];
    let body = html! {
        (tiles())
        (list(ctx))
        (states(ctx))
        div .wb-with-nav {
            (section_nav(ctx.lang, "Các mục của hồ sơ", &[Tab::new("#a", "Sơ lược", true), Tab::new("#b", "Gia đình", false)]))
            div { (form(&errors)) (chart(ctx)) }
        }
    };
    Page::new("Danh sách cán bộ, công chức")
        .lead("Số liệu đến 14:02 ngày 28/02/2025")
        .crumbs(vec![Crumb::new("/", "Tổng quan")])
        .actions(html! {
            a .btn href="/export" { (icon("download")) "Xuất Excel" }
            a .btn.btn-primary href="/people/new" { (icon("user-plus")) "Thêm người" }
        })
        .errors(errors.clone())
        .render(ctx, &body)
}

fn tiles() -> Markup {
    let tile = |label: &str, value: &str, note: &str, tone| StatTile {
        label: label.to_owned(),
        value: value.to_owned(),
        note: note.to_owned(),
        tone,
        href: None,
    };
    stat_tiles(&[
        tile("Cán bộ, công chức", "2.886", "12 phường, xã", None),
        tile("Lãnh đạo, quản lý", "244", "8,5 % tổng số", None),
        tile("Đã đồng bộ", "11 / 12", "trong 24 giờ", Some(Tone::Good)),
        tile("Cần xử lý", "2", "xung đột", Some(Tone::Warning)),
    ])
}

fn list(ctx: &PageContext) -> Markup {
    let search = SearchBox {
        action: "/people",
        name: "q",
        label: "Tìm người",
        hint: "Họ tên (có dấu hay không dấu), số định danh, ngày sinh hoặc điện thoại",
        target: "people",
        ..SearchBox::default()
    };
    let chip = |label: &str, active, count| Chip {
        label: label.to_owned(),
        href: "/people".to_owned(),
        active,
        count,
    };
    let sort = |direction| Sort { href: "/people?sort=name".to_owned(), direction };
    let columns = [
        Column::text("Họ và tên").sorted(sort(Some(Direction::Ascending))),
        Column::text("Ngày sinh").sorted(sort(None)),
        Column::text("Chức vụ"),
        Column::number("Hệ số lương"),
        Column::text("Tình trạng"),
        Column::unseen("Thao tác"),
    ];
    let people = [
        (
            "Lê Thị Ánh",
            "28/02/1990",
            "Phó Chủ tịch UBND",
            3.66,
            Badge::new(Tone::Good, "Đủ dữ liệu"),
        ),
        (
            "Trần Văn Bình",
            "1985",
            "Công chức địa chính",
            2.67,
            Badge::new(Tone::Warning, "Thiếu 7 mục"),
        ),
        ("Đỗ Thị Hường", "12/1979", "Bí thư Đảng ủy", 4.4, Badge::new(Tone::Bad, "Xung đột")),
    ];
    let rows = html! {
        @for (name, born, title, pay, state) in &people {
            tr {
                th scope="row" { a href="/people/1" { (name) } }
                td { (born) } td { (title) }
                td .wb-number { (format::decimal(ctx.lang, *pay, 2)) }
                td { (badge(state)) }
                td { (link_button(ButtonKind::Quiet, "/people/1/edit", "Sửa")) }
            }
        }
    };
    html! {
        (search_box(ctx.lang, &search))
        (filter_chips(ctx.lang, "Lọc", &[chip("Tất cả", true, Some(2886)), chip("Đảng viên", false, Some(1204)), chip("Thiếu dữ liệu", false, Some(37))]))
        div #people {
            (table("Cán bộ, công chức của phường, theo tên", &columns, &rows))
            (pager(ctx.lang, Pager { total: 2886, per_page: 50, page: 2 }, |page| format!("/people?page={page}")))
        }
    }
}

fn states(ctx: &PageContext) -> Markup {
    let tones = [Tone::Good, Tone::Busy, Tone::Idle, Tone::Warning, Tone::Bad, Tone::Info];
    let words = [
        "Đã đồng bộ 14:02",
        "Đang gửi 3/12",
        "Ngoại tuyến – 12 thay đổi chờ gửi",
        "Cần xử lý: 2 xung đột",
        "Lỗi: hub từ chối thiết bị",
        "Bản mới",
    ];
    let details = definition_list(&[
        ("Số định danh".to_owned(), html! { "074190001234" }),
        ("Nhận lần cuối".to_owned(), html! { (format::date_time(Timestamp(1_740_726_120_000))) }),
        ("Nhãn".to_owned(), tag("Đảng viên")),
    ]);
    html! {
        (tabs(ctx.lang, "Cách xem", &[Tab { count: Some(12), ..Tab::new("?tab=1", "Lỗi", true) }, Tab::new("?tab=2", "Hợp lệ", false)]))
        (alert(Tone::Warning, "Hai người cùng sửa một mục", &html! { p { "Hãy chọn giá trị đúng ở trang " a href="/conflicts" { "Xung đột" } "." } }))
        (alert(Tone::Info, "", &html! { p { "Chương trình vẫn làm việc bình thường khi mất mạng." } }))
        (card("Trạng thái", Some(&link_button(ButtonKind::Quiet, "/sync", "Xem")), &html! {
            p .btn-list { @for (tone, words) in tones.into_iter().zip(words) { (badge(&Badge::new(tone, words))) } }
            (details)
        }))
        (progress("Đang nhập 120 / 240 dòng", 120, 240))
        (empty_state("Chưa có lần nhập nào.", &link_button(ButtonKind::Primary, "/imports/new", "Nhập từ Excel")))
    }
}

fn form(errors: &[FieldError]) -> Markup {
    let option = |code: &str, label: &str| (code.to_owned(), label.to_owned());
    let body = html! {
        form method="post" action="/people/1" data-dirty-guard="" novalidate {
            (hidden("heads", "00"))
            (field("full_name", "Họ và tên").value("Trần Văn Bình").required().autocomplete("off"))
            (field("birth_date", "Ngày sinh").value("31/02/1990").date().hint("Ví dụ 28/2/1990, 2/1990 hoặc 1990").error_if(errors.first().map(|e| e.message.as_str())))
            (field("sex", "Giới tính").select(vec![option("", "Chọn"), option("nam", "Nam"), option("nu", "Nữ")]).value("nam"))
            (field("note", "Ghi chú").area(3))
            (field("password", "Mật khẩu").password().autocomplete("current-password"))
            (field("staff.code", "Mã cán bộ").value("UH-017").read_only().short())
            (field("file", "Tệp").file(".xlsx,.csv"))
            (radios("keep", "Khi trùng người", &[option("skip", "Bỏ qua"), option("update", "Cập nhật")], "skip"))
            (fieldset("Chính sách", &checkbox("policy_category/con_ls", "Con liệt sĩ", true)))
            div .btn-list {
                (button(ButtonKind::Primary, "Lưu"))
                (button_named(ButtonKind::Secondary, "Lưu và thêm", "next", "1"))
                (button(ButtonKind::Danger, "Xóa"))
                a .btn href="/people/1" data-escape="" { "Hủy" }
            }
        }
    };
    card("Sửa thông tin", None, &body)
}

fn chart(ctx: &PageContext) -> Markup {
    let bar =
        |label: &str, all, leaders| Bar { label: label.to_owned(), values: vec![all, leaders] };
    card(
        "Trình độ chuyên môn",
        None,
        &bar_chart(
            ctx.lang,
            &BarChart {
                title: "Cán bộ theo trình độ, đến ngày 28/02/2025".to_owned(),
                category: "Trình độ".to_owned(),
                series: vec!["Tất cả".to_owned(), "Lãnh đạo".to_owned()],
                bars: vec![
                    bar("Tiến sĩ", 3, 1),
                    bar("Thạc sĩ", 312, 41),
                    bar("Đại học", 2104, 198),
                    bar("Cao đẳng", 287, 3),
                    bar("Trung cấp", 180, 1),
                ],
            },
        ),
    )
}
