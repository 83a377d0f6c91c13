/* FIFO in arrival order, the shortest honest way: what the compiled kernel is measured against.
 *
 * Per sale: matched quantity, cost, matched proceeds. Per position: realized, held, cost left. Nothing else: no
 * transfers, no unknown cost, no holding times, no overflow checks. Exact floor(a * b / c) by a corrected estimate,
 * with 128-bit division where the estimate could be off.
 */
#include <stdint.h>

typedef struct { int64_t quantity, cost, at; int32_t next; } lot;
typedef struct { int64_t realized, held, cost_left; int32_t head, tail; } position;

static inline int64_t mul_div(int64_t a, int64_t b, int64_t c) {
    double estimate = (double)a * (double)b / (double)c;
    if (estimate < 1125899906842624.0 && c < ((int64_t)1 << 61)) {
        int64_t q = (int64_t)estimate;
        int64_t rest = (int64_t)((uint64_t)a * (uint64_t)b - (uint64_t)q * (uint64_t)c);
        while (rest < 0) { rest += c; q--; }
        while (rest >= c) { rest -= c; q++; }
        return q;
    }
    return (int64_t)((__int128)a * b / c);
}

int64_t book(int64_t rows, const int32_t *who, const int8_t *kind, const int64_t *quantity, const int64_t *money,
             const int64_t *at, position *positions, lot *lots, int64_t *sales) {
    int32_t top = 1, free_lot = 0;
    int64_t written = 0;
    for (int64_t i = 0; i < rows; i++) {
        position *p = &positions[who[i]];
        if (kind[i] == 0) {
            int32_t n = free_lot ? free_lot : top++;
            if (free_lot) free_lot = lots[n].next;
            lots[n] = (lot){quantity[i], money[i], at[i], 0};
            if (p->head) lots[p->tail].next = n; else p->head = n;
            p->tail = n;
            p->held += quantity[i];
            p->cost_left += money[i];
            continue;
        }
        int64_t left = quantity[i], cost = 0;
        int32_t head = p->head;
        while (left > 0 && head) {
            lot *l = &lots[head];
            if (l->quantity <= left) {
                left -= l->quantity;
                cost += l->cost;
                int32_t next = l->next;
                l->next = free_lot;
                free_lot = head;
                head = next;
            } else {
                int64_t spent = mul_div(l->cost, left, l->quantity);
                l->quantity -= left;
                l->cost -= spent;
                cost += spent;
                left = 0;
            }
        }
        p->head = head;
        int64_t matched = quantity[i] - left;
        int64_t proceeds = left ? (matched ? mul_div(money[i], matched, quantity[i]) : 0) : money[i];
        p->held -= matched;
        p->cost_left -= cost;
        p->realized += proceeds - cost;
        sales[3 * written] = matched;
        sales[3 * written + 1] = cost;
        sales[3 * written + 2] = proceeds;
        written++;
    }
    return written;
}
