// SPDX-License-Identifier: Apache-2.0
/* A hotline's table of classes: what is refused, and that the sentence names it. */
#include "test.h"

#include <string.h>

#include "tickets/hotline.h"

static struct sw_hotline good(void)
{
    return (struct sw_hotline){
        .id = "hotline-cn-12345",
        .version = "2026.1",
        .limits = {{.respond_s = 300, .dispatch_s = 1800, .resolve = {.s = 86400}},
                   {.respond_s = 3600, .resolve = {.workdays = 5}}},
        .enquiry = {.workdays = 3},
        .remind = {.percent = 20},
        .class_a_over_by = 1000,
        .class_a_dust_percent = 200,
        .reopen_within_s = 86400,
    };
}

static void a_complete_table_is_accepted(void **state)
{
    struct sw_hotline h = good();
    struct sw_err err = {0};

    (void) state;
    CHECK(sw_hotline_validate(&h, &err) == SW_OK, "%s", err.msg);
}

static void every_fault_is_refused_with_a_sentence_that_names_it(void **state)
{
    static const struct {
        const char *why;
        size_t offset; /* of the int32_t that is changed */
        int32_t value;
        const char *word;
    } cases[] = {
        {"negative time to respond", offsetof(struct sw_hotline, limits[1].respond_s), -1, "respond"},
        {"a dispatch limit over a year", offsetof(struct sw_hotline, limits[0].dispatch_s), 31708800, "dispatch"},
        {"longer to respond than to resolve", offsetof(struct sw_hotline, limits[1].respond_s), 432001, "resolve"},
        {"class A slower than class B", offsetof(struct sw_hotline, limits[0].respond_s), 3601, "class A"},
        {"class A slower to resolve", offsetof(struct sw_hotline, limits[0].resolve.s), 432001, "class A"},
        {"plain time and working days at once", offsetof(struct sw_hotline, limits[1].resolve.s), 1, "working days"},
        {"working days of more than a year", offsetof(struct sw_hotline, limits[1].resolve.workdays), 367, "class B"},
        {"negative working days", offsetof(struct sw_hotline, limits[2].resolve.workdays), -1, "class C"},
        {"negative plain time", offsetof(struct sw_hotline, limits[0].resolve.s), -1, "class A"},
        {"an enquiry both ways", offsetof(struct sw_hotline, enquiry.s), 60, "enquiry"},
        {"an enquiry of over a year", offsetof(struct sw_hotline, enquiry.workdays), 367, "enquiry"},
        {"a reminder at once", offsetof(struct sw_hotline, remind.percent), 91, "remind"},
        {"a reminder after the deadline", offsetof(struct sw_hotline, remind.percent), -1, "remind"},
        {"two reminders", offsetof(struct sw_hotline, remind.s), 60, "remind"},
        {"no amount for class A", offsetof(struct sw_hotline, class_a_over_by), 0, "class_a_over_by"},
        {"an amount over 100 dB", offsetof(struct sw_hotline, class_a_over_by), 10001, "class_a_over_by"},
        {"dust at the limit itself", offsetof(struct sw_hotline, class_a_dust_percent), 100, "class_a_dust_percent"},
        {"reopening within 32 days", offsetof(struct sw_hotline, reopen_within_s), 2764800, "reopen_within"},
        {"reopening within less than nothing", offsetof(struct sw_hotline, reopen_within_s), -1, "reopen_within"},
    };

    (void) state;
    for (size_t i = 0; i < SW_ARRAY_SIZE(cases); i++) {
        struct sw_hotline h = good();
        struct sw_err err = {0};

        memcpy((char *) &h + cases[i].offset, &cases[i].value, sizeof cases[i].value);
        CHECK(sw_hotline_validate(&h, &err) == SW_E_INVAL, "%s: accepted", cases[i].why);
        CHECK(strstr(err.msg, cases[i].word), "%s: \"%s\" does not say \"%s\"", cases[i].why, err.msg, cases[i].word);
    }
}

static void an_id_that_cannot_stand_in_a_topic_is_refused(void **state)
{
    struct sw_hotline h = good();
    struct sw_err err = {0};

    (void) state;
    strcpy(h.id, "Hotline 1");
    assert_int_equal(sw_hotline_validate(&h, &err), SW_E_INVAL);
    assert_non_null(strstr(err.msg, "Hotline 1"));
}

static void classes_have_letters(void **state)
{
    (void) state;
    assert_int_equal(sw_class_letter(SW_CLASS_A), 'A');
    assert_int_equal(sw_class_letter(SW_CLASS_B), 'B');
    assert_int_equal(sw_class_letter(SW_CLASS_C), 'C');
    assert_int_equal(sw_class_letter((enum sw_class) 7), '?');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_complete_table_is_accepted),
        cmocka_unit_test(every_fault_is_refused_with_a_sentence_that_names_it),
        cmocka_unit_test(an_id_that_cannot_stand_in_a_topic_is_refused),
        cmocka_unit_test(classes_have_letters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
