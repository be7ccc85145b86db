import { afterAll, beforeAll, describe } from 'vitest';
import { Product } from './product/product.ts';
import { tellStory } from './product/story.ts';

let product: Product;

beforeAll(async () => {
  product = await Product.start();
}, 120_000);
afterAll(() => product?.remove());

describe('npm start on one computer', () => tellStory(() => product));
