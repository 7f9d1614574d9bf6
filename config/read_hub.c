// SPDX-License-Identifier: Apache-2.0
/* hub.yaml into one struct, or into the list of everything that is wrong with it. */
#include "config/hub_int.h"

#include <stdio.h>
#include <string.h>

static void take_areas(const struct hub_file *f, struct sw_faults *faults, struct sw_hub *h)
{
    const struct hub_area *list = f->areas.items;

    for (size_t i = 0; i < f->areas.n && h->n_areas < SW_HUB_AREAS_MAX; i++) {
        for (size_t k = 0; k < i; k++)
            if (strcmp(list[k].area, list[i].area) == 0 && list[i].area[0] != '\0')
                sw_fault_at(faults, list[i].item.node, "area '%s' is named twice", list[i].area);
        memcpy(h->areas[h->n_areas++], list[i].area, SW_AREA_SIZE);
    }
}

/* What the hub's own connection cannot do: it acknowledges late, and the library that lets it speaks TCP alone. */
static void check_broker(const struct hub_file *f, const struct sw_node *n, struct sw_faults *faults)
{
    const struct sw_platform_conf *p = &f->broker.p;

    sw_conf_check_broker(faults, &f->broker, n);
    if (strncmp(p->url, "ws", 2) == 0)
        sw_fault_at(faults, sw_node_get(n, "url"), "the hub does not speak over websockets: write mqtt:// or mqtts://");
    if (p->proxy[0] != '\0')
        sw_fault_at(faults, sw_node_get(n, "proxy"),
                    "the hub does not go through a proxy: put it where it sees the broker");
}

static int make(struct sw_tree *tree, const struct sw_node *root, struct sw_faults *faults, size_t faults_before,
                void *ret, struct sw_err *err)
{
    struct hub_file f = {0};
    const struct sw_node *broker;

    if (sw_schema_read(tree, sw_hub_rows, root, &f, faults, err) < 0)
        return SW_E_NOMEM;
    broker = sw_node_get(root, "broker");
    f.h.broker = f.broker.p;
    f.h.broker.is_set = broker != NULL && broker->kind == SW_NODE_MAP;
    (void) snprintf(f.h.broker.id, sizeof(f.h.broker.id), "broker");
    take_areas(&f, faults, &f.h);
    if (f.h.broker.is_set)
        check_broker(&f, broker, faults);
    if (faults->n_faults > faults_before)
        return sw_err_set(err, SW_E_INVAL, 0, "%s: has faults", root->file);
    *(struct sw_hub *) ret = f.h;
    return SW_OK;
}

int sw_hub_read(const char *file, struct sw_faults *faults, struct sw_hub *ret, struct sw_err *err)
{
    char sha256[65];
    const int rc = sw_read_one(file, NULL, 0, make, ret, sha256, faults, err);

    sw_faults_sort(faults);
    return rc;
}

int sw_hub_read_text(const char *name, const char *text, size_t len, struct sw_faults *faults, struct sw_hub *ret,
                     struct sw_err *err)
{
    return sw_read_one(name, text, len, make, ret, NULL, faults, err);
}
