#include "native.h"

#include <math.h>
#include <stddef.h>

static void no_log(enum ggml_log_level level, const char * text, void * user) {
    (void) level; (void) text; (void) user;
}

void parley_quiet(void) { whisper_log_set(no_log, NULL); }

static bool stop_before_encoder(struct whisper_context * ctx, struct whisper_state * state, void * user) {
    (void) ctx; (void) state; (void) user;
    return false;
}

// The library sets the length of the audio context only in its complete run. That run is stopped just before its
// encoder, when the spectrum and the length are in place; the encoder is then called on its own. A NULL state means the
// context's own.
int parley_encode(struct whisper_context * ctx, struct whisper_state * state, const float * pcm, int n, int audio_ctx, int threads) {
    struct whisper_full_params p = whisper_full_default_params(WHISPER_SAMPLING_GREEDY);
    p.n_threads = threads;
    p.audio_ctx = audio_ctx;
    p.language = "en"; // anything but detection, which would run the encoder at full length
    p.no_context = true;
    p.greedy.best_of = 1;
    p.print_progress = false;
    p.print_timestamps = false;
    p.encoder_begin_callback = stop_before_encoder;
    int rc = state == NULL ? whisper_full(ctx, p, pcm, n) : whisper_full_with_state(ctx, state, p, pcm, n);
    if (rc != 0) {
        return rc;
    }
    return state == NULL ? whisper_encode(ctx, 0, threads) : whisper_encode_with_state(ctx, state, 0, threads);
}

int parley_decode(struct whisper_context * ctx, struct whisper_state * state, const int32_t * tokens, int n, int past, int threads) {
    return state == NULL ? whisper_decode(ctx, tokens, n, past, threads) : whisper_decode_with_state(ctx, state, tokens, n, past, threads);
}

// The library puts the logits of the last of n tokens in row n-1; the caller adds the row.
float * parley_logits(struct whisper_context * ctx, struct whisper_state * state) {
    return state == NULL ? whisper_get_logits(ctx) : whisper_get_logits_from_state(state);
}

static float log_sum(const float * x, int from, int to, const uint8_t * banned) {
    float top = -INFINITY;
    for (int i = from; i < to; i++) {
        if ((banned == NULL || !banned[i]) && x[i] > top) top = x[i];
    }
    if (top == -INFINITY) return top;
    double sum = 0;
    for (int i = from; i < to; i++) {
        if (banned == NULL || !banned[i]) {
            float d = x[i] - top;
            if (d > -20.0f) sum += expf(d);
        }
    }
    return top + (float) log(sum);
}

float parley_prob(const float * logits, int n_vocab, int token) {
    return expf(logits[token] - log_sum(logits, 0, n_vocab, NULL));
}

static int best(const float * x, int from, int to, const uint8_t * banned) {
    int at = -1;
    for (int i = from; i < to; i++) {
        if (banned != NULL && banned[i]) continue;
        if (at < 0 || x[i] > x[at]) at = i;
    }
    return at;
}

// parley_pick chooses greedily. Timestamps are allowed in [beg+lo, beg+hi); when together they are likelier than any
// text, one of them is taken.
void parley_pick(const float * logits, const parley_vocab * v, int among, int lo, int hi, parley_choice * out) {
    int from = v->beg + lo, to = v->beg + hi;
    if (to > v->n_vocab) to = v->n_vocab;
    bool stamps = among != PARLEY_TEXT && from < to;
    int text = best(logits, 0, v->eot, v->banned);
    if (among == PARLEY_STAMP) text = v->eot;
    else if (logits[v->eot] > logits[text] && !v->banned[v->eot]) text = v->eot;

    int stamp = from < to ? best(logits, from, to, NULL) : -1;
    float stamps_log = stamps ? log_sum(logits, from, to, NULL) : -INFINITY;
    float text_log = among == PARLEY_FIRST ? -INFINITY
                   : among == PARLEY_STAMP ? logits[v->eot]
                   : log_sum(logits, 0, v->eot + 1, v->banned);
    float top = stamps_log > text_log ? stamps_log : text_log;
    float all = top + logf(expf(stamps_log - top) + expf(text_log - top));
    bool take = stamps && (among == PARLEY_FIRST || stamps_log > logits[text]);
    out->stamp = stamp;
    out->id = take ? stamp : text;
    out->plog = logits[out->id] - all;
    out->p = expf(out->plog);
}
