use super::*;
use Order::{DayFirst, MonthFirst};

/// 2031-03-04 15:06:00 in UTC.
const MOMENT: f64 = 1_930_403_160.0;

#[test]
fn the_same_moment_is_read_from_every_form() {
    let forms = [
        "2031-03-04 15:06:00",
        "2031-03-04T15:06:00Z",
        "2031-03-04T15:06",
        "2031-03-04T16:06:00+01:00",
        "2031-03-04 10:06:00-0500",
        "2031-03-04T16:06:00+01:00[Europe/Berlin]",
        "20310304T150600Z",
        "20310304T150600",
        "2031/03/04 15:06",
        "2031.03.04 15:06:00",
        "2031-3-4 15:06",
        "2031-03-04_15:06:00",
        "2031-03-04-15:06:00",
        "2031-03-04 15:06:00 UTC",
        "2031-03-04 15:06:00 +0000",
        "2031-03-04 3:06:00 PM",
        "2031-03-04 15:06:00,000",
        "2031-03-04 15:06:00.000000",
        "04 03 2031 15:06",
        "04/03/2031 15:06:00",
        "04.03.2031 15:06",
        "4.3.31 15:06",
        "04-03-2031 15:06:00",
        "04-Mar-2031 15:06:00",
        "4 March 2031 15:06",
        "Mar 4, 2031 15:06:00",
        "Tue Mar 04 2031 15:06:00",
        "04/Mar/2031:15:06:00 +0000",
        "Tue, 04 Mar 2031 15:06:00 GMT",
        "04-MAR-31 15:06",
        "15:06 04.03.2031",
        "15:06:00 2031-03-04",
        "Tue Mar  4 15:06:00 2031",
    ];
    for form in forms {
        assert_eq!(
            Instant::parse(form, DayFirst),
            Some(Instant::Whole(MOMENT)),
            "{form}"
        );
    }
    for form in [
        "03/04/2031 15:06",
        "3/4/2031 3:06 PM",
        "3-4-31 3:06:00 pm",
        "03.04.2031 15:06:00.0",
    ] {
        assert_eq!(
            Instant::parse(form, MonthFirst),
            Some(Instant::Whole(MOMENT)),
            "{form}"
        );
    }
}

#[test]
fn fractions_of_a_second_are_kept() {
    for form in [
        "2031-03-04 15:06:00.250",
        "2031-03-04T15:06:00,25Z",
        "04.03.2031 15:06:00,25",
    ] {
        assert_eq!(
            Instant::parse(form, DayFirst),
            Some(Instant::Whole(MOMENT + 0.25)),
            "{form}"
        );
    }
}

#[test]
fn a_date_and_a_clock_may_stand_alone() {
    let midnight = Instant::Day(MOMENT - 54_360.0);
    for form in [
        "2031-03-04",
        "04.03.2031",
        "4/3/2031",
        "4 Mar 2031",
        "2031/3/4",
    ] {
        assert_eq!(Instant::parse(form, DayFirst), Some(midnight), "{form}");
    }
    for form in ["15:06", "15:06:00", "3:06 PM", "15:06:00.000"] {
        assert_eq!(
            Instant::parse(form, DayFirst),
            Some(Instant::Clock(54_360.0)),
            "{form}"
        );
    }
}

#[test]
fn numbers_words_and_dates_that_do_not_exist_are_no_moments() {
    let texts = [
        "",
        "1.5",
        "20310304",
        "1930403160",
        "10,018",
        "1.234,5",
        "1.2.3.4",
        "A7",
        "pump 3",
        "12 C",
        "2031-02-30",
        "32.01.2031",
        "04/13/2031",
        "25:00",
        "12:60",
        "1:2:3:4",
        "ok",
        "2031",
        "3-4",
        "192.168.0.1",
        "00:1b:44:11:3a:b7",
        "5 5",
        "März 4 2031",
    ];
    for text in texts {
        assert_eq!(Instant::parse(text, DayFirst), None, "{text}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

    // Whatever a file holds, a cell is a moment or none.
    #[test]
    fn any_text_is_read_without_a_panic(text in "[0-9 :/.,TZ+amuµMr-]{0,30}|\\PC{0,30}") {
        for order in [DayFirst, MonthFirst] {
            if let Some(Instant::Whole(seconds) | Instant::Day(seconds) | Instant::Clock(seconds)) = Instant::parse(&text, order) {
                proptest::prop_assert!(seconds.is_finite());
            }
        }
    }

    // Seconds go through every form and back.
    #[test]
    fn a_moment_is_read_back_from_each_form(second in -2_000_000_000i64..4_000_000_000) {
        let moment = Timestamp::from_second(second).unwrap();
        let forms = ["%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%Y/%m/%dT%H:%M:%SZ", "%d %b %Y %I:%M:%S %p", "%a %b %e %H:%M:%S %Y"];
        for form in forms {
            let text = moment.strftime(form).to_string();
            proptest::prop_assert_eq!(Instant::parse(&text, DayFirst), Some(Instant::Whole(second as f64)), "{}", text);
        }
        let american = moment.strftime("%m/%d/%Y %H:%M:%S").to_string();
        proptest::prop_assert_eq!(Instant::parse(&american, MonthFirst), Some(Instant::Whole(second as f64)));
    }
}
